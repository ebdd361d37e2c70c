package main

import (
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tpe"
)

// writer appends one JSON text. It sets the commas, the caller the nesting.
type writer struct{ b []byte }

func (w *writer) comma() {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
}

func (w *writer) key(name string) {
	w.comma()
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

// in opens the object or array name with the bracket open.
func (w *writer) in(name string, open byte) {
	w.key(name)
	w.b = append(w.b, open)
}

// item opens an object as the next element of an array.
func (w *writer) item() {
	w.comma()
	w.b = append(w.b, '{')
}

func (w *writer) out(closing byte) { w.b = append(w.b, closing) }

func (w *writer) str(name, value string) {
	w.key(name)
	w.b = tpe.AppendString(w.b, value)
}

func (w *writer) strs(name string, values ...string) {
	w.in(name, '[')
	for _, v := range values {
		w.comma()
		w.b = tpe.AppendString(w.b, v)
	}
	w.out(']')
}

func (w *writer) id(name string, id uuid.UUID) {
	w.in(name, '"')
	w.b = append(w.b, id.String()...)
	w.out('"')
}

func (w *writer) time(name string, t time.Time) {
	w.in(name, '"')
	w.b = tpe.AppendTime(w.b, t)
	w.out('"')
}

func (w *writer) int(name string, v int) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, int64(v), 10)
}

// num writes v with so many decimals at most.
func (w *writer) num(name string, v float64, decimals int) {
	w.key(name)
	scale := math.Pow10(decimals)
	w.b = strconv.AppendFloat(w.b, math.Round(v*scale)/scale, 'f', -1, 64)
}

func (w *writer) bool(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}
