package bucket

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
)

// The checksums of pieces add up to that of the whole.
func TestJoinCRC(t *testing.T) {
	data := make([]byte, 5000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	if got := crc64.Checksum([]byte("123456789"), crcTable); got != 0xae8b14860a799888 { // the check value of CRC-64/NVME
		t.Errorf("%x", got)
	}
	for range 300 {
		all := data[:rnd.IntN(len(data)+1)]
		at := rnd.IntN(len(all) + 1)
		got := joinCRC(crc64.Checksum(all[:at], crcTable), crc64.Checksum(all[at:], crcTable), int64(len(all)-at))
		if want := crc64.Checksum(all, crcTable); got != want {
			t.Fatalf("%d and %d bytes: %x, want %x", at, len(all)-at, got, want)
		}
	}
}
