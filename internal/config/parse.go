package config

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/power100/tpe/internal/tpe"
)

// variable is one tagged field of Config.
type variable struct {
	field   string
	name    string
	allowed string
	secret  bool
}

// variables lists the tagged fields in their order.
func variables() []variable {
	var vars []variable
	for f := range reflect.TypeFor[Config]().Fields() {
		name := f.Tag.Get("env")
		if name == "" {
			continue
		}
		vars = append(vars, variable{field: f.Name, name: name, allowed: f.Tag.Get("allowed"), secret: f.Tag.Get("secret") == "true"})
	}
	return vars
}

// merge takes each variable from the environment, else from the file.
func merge(getenv func(string) string, file map[string]string) map[string]string {
	values := make(map[string]string)
	for _, v := range variables() {
		if value := strings.TrimSpace(getenv(v.name)); value != "" {
			values[v.name] = value
		} else if value := strings.TrimSpace(file[v.name]); value != "" {
			values[v.name] = value
		}
	}
	return values
}

// parse fills cfg from values and notes what is not allowed.
func parse(cfg *Config, values map[string]string, bad *faults) {
	err := env.ParseWithOptions(cfg, env.Options{
		Environment: values,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[bool]():          parseBool,
			reflect.TypeFor[url.URL]():       parseURL,
			reflect.TypeFor[time.Duration](): func(s string) (any, error) { return ParseDuration(s) },
		},
	})
	var all env.AggregateError
	if !errors.As(err, &all) {
		return
	}
	for _, err := range all.Errors {
		var p env.ParseError
		if !errors.As(err, &p) {
			bad.say(err.Error())
			continue
		}
		bad.field(p.Name, values)
	}
}

// faults gathers every wrong value, one line each.
type faults struct{ lines []string }

// add notes a value that is not allowed.
func (f *faults) add(name, value, allowed string) {
	f.say(name + "=" + show(value) + " is not allowed: it must be " + allowed)
}

// field notes the value of a field of Config; a secret's value is not shown.
func (f *faults) field(field string, values map[string]string) {
	i := slices.IndexFunc(variables(), func(v variable) bool { return v.field == field })
	v := variables()[i]
	if v.secret {
		f.say(v.name + " is not allowed: it must be " + v.allowed)
		return
	}
	f.add(v.name, values[v.name], v.allowed)
}

func (f *faults) say(line string) { f.lines = append(f.lines, line) }

// named reports whether there is a line on a variable.
func (f *faults) named(name string) bool {
	return slices.ContainsFunc(f.lines, func(line string) bool {
		return strings.HasPrefix(line, name+"=") || strings.HasPrefix(line, name+" ")
	})
}

func (f *faults) err() error {
	if len(f.lines) == 0 {
		return nil
	}
	return &tpe.Error{
		Code:    tpe.Misuse,
		Message: strings.Join(f.lines, "\n"),
		Hint:    "every variable is described in .env.example",
	}
}
