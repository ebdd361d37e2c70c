package columns

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/power100/tpe/internal/frames"
)

// encoder turns pages into bytes. One serves all columns of a writer.
type encoder struct {
	quick   *zstd.Encoder  // for short values
	thrifty *zstd.Encoder  // for few long texts, and for those without words
	frames  *frames.Writer // for words, and for letters alone
	body    []byte         // the page before compression
	scratch []byte         // a part of the body
	packed  []byte         // the page after compression
	spare   []byte         // the same in another way

	prefixes prefixes
	texts    int  // offset of the texts in the body
	distinct bool // they were tried in a dictionary and hardly repeat
}

func newEncoder() (*encoder, error) {
	quick, err := newZstd(zstd.SpeedFastest)
	if err != nil {
		return nil, err
	}
	thrifty, err := newZstd(zstd.SpeedDefault)
	if err != nil {
		return nil, err
	}
	return &encoder{quick: quick, thrifty: thrifty, frames: frames.New()}, nil
}

// packing says what the values of a page are like, for its compression.
type packing uint8

const (
	short     packing = iota
	prose             // texts that people wrote
	documents         // which repeat more than prose
)

// packing returns what the values of a column are like.
func (n *node) packing() packing {
	switch {
	case n.traits&wordy == 0:
		return short
	case n.kind == document:
		return documents
	default:
		return prose
	}
}

// prose reports whether people wrote the column's texts, whose beginnings are
// alike by chance only.
func (n *node) prose() bool { return n.kind == text && n.traits&wordy != 0 }

// newZstd returns a compressor that looks back as far as most pages go.
func newZstd(level zstd.EncoderLevel) (*zstd.Encoder, error) {
	z, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderCRC(false),              // the page header has one
		zstd.WithZeroFrames(true),               // an empty page is a frame too
		zstd.WithAllLitEntropyCompression(true), // ids repeat nothing but have few letters
		zstd.WithWindowSize(pageBytes),
	)
	if err != nil {
		return nil, fmt.Errorf("start zstd: %w", err)
	}
	return z, nil
}

// dataPage appends the page of l with the repetition levels reps to its
// chunk.
func (e *encoder) dataPage(l *leaf, reps []byte) error {
	e.body, e.texts = e.body[:0], 0
	if l.node.rep > 0 {
		e.levels(reps, l.node.rep)
	}
	e.levels(l.levels, l.node.def)
	enc := e.values(l)
	header := format.PageHeader{Type: format.DataPage}
	header.DataPageHeader.Valid = true
	header.DataPageHeader.V = format.DataPageHeader{
		NumValues:               int32(len(l.levels)),
		Encoding:                enc,
		DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE,
	}
	start := len(l.chunk.pages)
	e.distinct = l.distinct
	if err := e.finish(l.node.packing(), &header, &l.chunk); err != nil {
		return err
	}
	l.chunk.addPage(l, enc, start)
	return nil
}

// dictionaryPage replaces the bytes of dst by the page of a dictionary.
func (e *encoder) dictionaryPage(dst *chunk, v *values) error {
	e.body, e.texts = e.body[:0], 0
	switch v.kind {
	case instant, integer, double:
		e.body = appendBits(e.body, v.bits)
	default:
		for n := range v.len() {
			b := v.text(n)
			e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(b)))
			e.body = append(e.body, b...)
		}
	}
	header := format.PageHeader{Type: format.DictionaryPage}
	header.DictionaryPageHeader.Valid = true
	header.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: int32(v.len()), Encoding: format.Plain}
	dst.reset()
	e.distinct = true
	if err := e.finish(short, &header, dst); err != nil {
		return err
	}
	dst.countPage(format.DictionaryPage, format.Plain)
	return nil
}

// finish compresses the body and appends it to c, after its header.
func (e *encoder) finish(p packing, header *format.PageHeader, c *chunk) error {
	if len(e.body) > math.MaxInt32 {
		return fmt.Errorf("encode page: %d bytes are too many", len(e.body))
	}
	e.compress(p)
	header.UncompressedPageSize = int32(len(e.body))
	header.CompressedPageSize = int32(len(e.packed))
	header.CRC = int32(crc32.ChecksumIEEE(e.packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), header)
	if err != nil {
		return fmt.Errorf("encode page header: %w", err)
	}
	c.pages = append(append(c.pages, head...), e.packed...)
	c.raw += int64(len(head) + len(e.body))
	e.body, e.packed, e.scratch = shrunk(e.body), shrunk(e.packed), shrunk(e.scratch)
	e.spare = shrunk(e.spare)
	return nil
}

// compress fills packed. In few texts hardly a word was there before, and what
// repeats in them is found in the usual way. More of them are tried in that way
// as well when they do not seem to be made of words.
func (e *encoder) compress(p packing) {
	switch {
	case p == short:
		e.compressShort()
		return
	case p == prose && len(e.body) >= proseLeast:
		e.packed = e.frames.AppendTexts(e.packed[:0], e.body, 1, 2)
	case p == documents && len(e.body) >= documentsLeast:
		e.packed = e.frames.AppendTexts(e.packed[:0], e.body, 2, 6)
	default:
		e.packed = e.thrifty.EncodeAll(e.body, e.packed[:0])
		return
	}
	if wordsRatio*len(e.packed) > len(e.body) {
		e.spare = e.thrifty.EncodeAll(e.body, e.spare[:0])
		e.keepLess()
	}
}

// compressShort fills packed. A page that repeats little is also tried without
// matches. The first bytes of a larger one tell which way is not worth it; that
// without matches alone is taken only when its values are distinct.
func (e *encoder) compressShort() {
	if texts := e.body[e.texts:]; len(texts) >= literalsTrial {
		first := texts[:min(len(texts), 4*literalsTrial)/4]
		e.packed = e.quick.EncodeAll(first, e.packed[:0])
		e.spare = e.frames.AppendLetters(e.spare[:0], first, 0)
		usual, letters := len(e.packed), len(e.spare)
		switch {
		case e.distinct && letters <= usual+usual/literalsNear:
			e.packed = e.frames.AppendLetters(e.packed[:0], e.body, e.texts)
			return
		case letters > usual+usual/literalsFar:
			e.packed = e.quick.EncodeAll(e.body, e.packed[:0])
			return
		}
	}
	e.packed = e.quick.EncodeAll(e.body, e.packed[:0])
	if len(e.body) >= literalsLeast && literalsRatio*len(e.packed) >= len(e.body) {
		e.spare = e.frames.AppendLetters(e.spare[:0], e.body, e.texts)
		e.keepLess()
	}
}

// keepLess keeps the shorter one of packed and spare.
func (e *encoder) keepLess() {
	if len(e.spare) < len(e.packed) {
		e.packed, e.spare = e.spare, e.packed
	}
}

// When words are looked for, and how much smaller they make texts at least.
const (
	proseLeast     = 384 << 10 // bytes
	documentsLeast = 192 << 10
	wordsRatio     = 3
)

// When literals alone are tried: letters of which 10 are in use take more
// than a third of their bytes.
const (
	literalsLeast = 4 << 10
	literalsRatio = 3
	literalsTrial = 16 << 10 // bytes of values, of which a quarter is tried first; of many so many bytes
	literalsNear  = 256      // one byte in so many more is worth the time
	literalsFar   = 16       // one byte in so many more will not be made up for
)

// shrunk returns b, or nothing when it grew for one enormous record.
func shrunk(b []byte) []byte {
	if cap(b) > shrinkAbove {
		return nil
	}
	return b[:0]
}

// levels appends levels of at most highest, after their length.
func (e *encoder) levels(levels []byte, highest byte) {
	enc := rle.Encoding{BitWidth: bits.Len8(highest)}
	e.scratch, _ = enc.EncodeLevels(e.scratch, levels) // fails for a wrong width only
	e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(e.scratch)))
	e.body = append(e.body, e.scratch...)
}

// values appends the values of the page and returns how they are encoded.
func (e *encoder) values(l *leaf) format.Encoding {
	if l.mode != plainMode && l.dict.values.len() > 0 {
		width := bits.Len32(uint32(l.dict.values.len() - 1))
		enc := rle.Encoding{BitWidth: width}
		e.scratch, _ = enc.EncodeInt32(e.scratch, l.indexes) // fails for a wrong width only
		e.body = append(append(e.body, byte(width)), e.scratch...)
		return format.RLEDictionary
	}
	v := &l.plain
	switch {
	case v.len() == 0:
		return format.Plain
	case v.kind == boolean:
		e.body = appendBooleans(e.body, v.data)
		return format.Plain
	case v.kind == double:
		e.body = appendBits(e.body, v.bits)
		return format.Plain
	case v.kind == integer || v.kind == instant:
		e.scratch, _ = new(delta.BinaryPackedEncoding).EncodeInt64(e.scratch, v.bits) // never fails
		e.body = append(e.body, e.scratch...)
		return format.DeltaBinaryPacked
	case !l.node.prose() && e.prefixed(v):
		return format.DeltaByteArray
	default:
		e.whole(v)
		return format.DeltaLengthByteArray
	}
}

// prefixed appends texts without what they have in common with those before
// them. It appends nothing and is false when that is not much.
func (e *encoder) prefixed(v *values) bool {
	length := e.prefixes.find(v)
	if length == 0 {
		return false
	}
	e.prefixes.cut(v, length)
	e.lengths(e.prefixes.lengths)
	e.lengths(e.prefixes.suffixes)
	e.texts = len(e.body)
	e.body = slices.Grow(e.body, len(v.data))
	for n, cut := range e.prefixes.lengths {
		e.body = append(e.body, v.text(n)[cut:]...)
	}
	return true
}

// whole appends texts after their lengths.
func (e *encoder) whole(v *values) {
	lengths := e.prefixes.suffixes[:0]
	for n := range v.len() {
		lengths = append(lengths, int32(len(v.text(n))))
	}
	e.lengths(lengths)
	e.prefixes.suffixes = lengths
	e.texts = len(e.body)
	e.body = append(e.body, v.data...)
}

// lengths appends the lengths of texts.
func (e *encoder) lengths(lengths []int32) {
	e.scratch, _ = new(delta.BinaryPackedEncoding).EncodeInt32(e.scratch, lengths) // never fails
	e.body = append(e.body, e.scratch...)
}

// appendBits appends numbers of 8 bytes, the least significant one first.
func appendBits(dst []byte, bits []int64) []byte {
	for _, v := range bits {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
	}
	return dst
}

// appendBooleans appends one bit for each byte of values.
func appendBooleans(dst, values []byte) []byte {
	for len(values) > 0 {
		var b byte
		n := min(8, len(values))
		for i, v := range values[:n] {
			b |= v << i
		}
		dst, values = append(dst, b), values[n:]
	}
	return dst
}
