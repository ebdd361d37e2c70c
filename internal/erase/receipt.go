package erase

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tpe"
)

// Receipt says that a person was erased. It holds no personal data: the
// person is told by hashes that need the lake's key.
//
// What is signed (Ed25519) are the bytes of the receipt as JSON without white
// space, in the order of the fields here, with an empty signature. The key is
// made from the secret in the lake's folder erasures; its public half stands
// in the receipt, so that anybody who knows it by another way can check the
// signature without the secret.
type Receipt struct {
	Version   int          `json:"version"`
	ID        string       `json:"id"`
	Began     string       `json:"began"`
	Ended     string       `json:"ended"`
	Until     string       `json:"until"`  // records of before do not come back
	Tool      string       `json:"tool"`   // version of tpe
	Person    []string     `json:"person"` // HMAC-SHA-256 of each id, hexadecimal
	Role      string       `json:"role,omitempty"`
	Places    []PlaceFound `json:"places"`     // what was erased; each was looked at again and has nothing
	Rebuild   []string     `json:"rebuild"`    // exports that must be made again by hand
	PublicKey string       `json:"public_key"` // hexadecimal
	Signature string       `json:"signature"`  // base64
}

const receiptVersion = 1

// signed returns the bytes that are signed.
func (r Receipt) signed() ([]byte, error) {
	r.Signature = ""
	return json.Marshal(r)
}

// finish signs the receipt, writes it into the lake, and removes the journal.
func (j *journal) finish(_ context.Context, secret *lake.ErasureSecret) (*Receipt, error) {
	rebuild, err := exports(j.opts.Lake.Dir())
	if err != nil {
		return nil, err
	}
	seed := secret.Seed()
	key := ed25519.NewKeyFromSeed(seed[:])
	r := &Receipt{
		Version: receiptVersion, ID: j.ID, Began: tpe.FormatTime(j.Began), Ended: tpe.FormatTime(j.opts.Now()),
		Until: tpe.FormatTime(timeOf(j.Until)), Tool: j.opts.Version, Person: j.Hashes, Role: j.Role,
		Places: []PlaceFound{}, Rebuild: rebuild, PublicKey: hex.EncodeToString(publicKey(key)),
	}
	for _, place := range j.places() {
		r.Places = append(r.Places, PlaceFound{place.Name(), j.Looked[place.Name()]})
	}
	text, err := r.signed()
	if err != nil {
		return nil, fmt.Errorf("sign receipt: %w", err)
	}
	r.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, text))
	whole, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = j.opts.Lake.WriteErasure(j.opts.Lake.ErasurePath(j.ID+".receipt.json"), append(whole, '\n'))
	}
	if err == nil {
		err = os.Remove(j.path)
	}
	if err != nil {
		return nil, fmt.Errorf("write receipt: %w", err)
	}
	return r, nil
}

func publicKey(key ed25519.PrivateKey) []byte {
	public, _ := key.Public().(ed25519.PublicKey) // always one, by its contract
	return public
}

// ReadReceipt reads a receipt. The error is of the code Invalid when it is
// none.
func ReadReceipt(b []byte) (*Receipt, error) {
	var r Receipt
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	err := dec.Decode(&r)
	if err == nil && dec.More() {
		err = errors.New("something follows it")
	}
	if err == nil && r.Version != receiptVersion {
		err = fmt.Errorf("version %d is not known", r.Version)
	}
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Invalid, Message: "that is no receipt of an erasure", Err: err}
	}
	return &r, nil
}

// Check says whether a receipt was signed by this lake and not changed since.
// With a person, it must also be the person's. The error is of the code
// Mismatch when it is not so.
func Check(l *lake.Lake, r *Receipt, p *person.Person) error {
	secret, err := l.ErasureSecret()
	if err != nil {
		return err
	}
	seed := secret.Seed()
	public := publicKey(ed25519.NewKeyFromSeed(seed[:]))
	if r.PublicKey != hex.EncodeToString(public) {
		return &tpe.Error{Code: tpe.Mismatch, Message: "the receipt was signed by another key than that of this lake", Hint: "name the lake that the person was erased from by --lake"}
	}
	text, err := r.signed()
	if err != nil {
		return fmt.Errorf("check receipt: %w", err)
	}
	signature, err := base64.StdEncoding.DecodeString(r.Signature)
	if err != nil || !ed25519.Verify(public, text, signature) {
		return tpe.Errorf(tpe.Mismatch, "the signature is wrong: the receipt was changed after it was signed, or never signed")
	}
	if p == nil {
		return nil
	}
	key := secret.IDKey()
	hashes := person.Hashes(&key, *p)
	for _, h := range hashes {
		if !strings.Contains(strings.Join(r.Person, " "), h) {
			return tpe.Errorf(tpe.Mismatch, "the receipt is not for that person, or not for all of the ids given")
		}
	}
	return nil
}

// Write writes the receipt for people and for [ReadReceipt].
func (r *Receipt) Write(w io.Writer) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return nil
}
