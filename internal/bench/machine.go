package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// machine is what the figures of one run depend on.
type machine struct {
	System    string            `json:"system"`
	Processor string            `json:"processor"`
	CPUs      int               `json:"cpus"`
	Memory    int64             `json:"memory_bytes"`
	Go        string            `json:"go"` // that made the binary
	Binary    int64             `json:"binary_bytes"`
	Versions  map[string]string `json:"versions"` // of tpe and its peers
}

// peerPackages are the packages that are measured beside tpe.
func peerPackages() []string { return []string{"ajv", "ajv-formats", "@duckdb/node-api"} }

func (s *suite) machine(ctx context.Context) machine {
	m := machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor(), CPUs: runtime.NumCPU(), Memory: memory(),
		Versions: map[string]string{},
	}
	if info, err := os.Stat(s.tpe); err == nil {
		m.Binary = info.Size()
	}
	if info, err := buildinfo.ReadFile(s.tpe); err == nil {
		m.Go = info.GoVersion
	}
	ask := func(name, path string, args ...string) {
		if _, out, err := (command{path: path, args: args, dir: s.dir}).run(ctx, nil); err == nil {
			first, _, _ := strings.Cut(string(out), "\n")
			m.Versions[name] = strings.TrimPrefix(strings.TrimSpace(first), name+" ")
		}
	}
	ask("tpe", s.tpe, "version")
	if s.node != "" {
		ask("node", s.node, "--version")
		for _, name := range peerPackages() {
			m.Versions[name] = s.packageVersion(name)
		}
	}
	return m
}

// packageVersion returns the version of an installed npm package, or nothing.
func (s *suite) packageVersion(name string) string {
	b, err := os.ReadFile(filepath.Join(s.peers, "node_modules", filepath.FromSlash(name), "package.json"))
	if err != nil {
		return ""
	}
	var p struct {
		Version string `json:"version"`
	}
	_ = json.Unmarshal(b, &p) // a broken file has no version
	return p.Version
}

// has reports whether a peer can run, and says what is missing.
func (s *suite) has(r *result, name string) bool {
	switch {
	case s.peers == "":
		r.note("%s is left out: -peers or $TPE_PEERS names no folder", name)
	case s.node == "":
		r.note("%s is left out: node is not installed", name)
	case s.packageVersion(name) == "":
		r.note("%s is left out: it is not in %s", name, filepath.Join(s.peers, "node_modules"))
	default:
		return true
	}
	return false
}

// peer returns the process that runs one of the scripts in peers.
func (s *suite) peer(script string, args ...string) command {
	return command{path: s.node, args: append([]string{filepath.Join(s.dir, script)}, args...), env: []string{"TPE_PEERS=" + s.peers}, dir: s.dir}
}

func (m machine) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s, %s, %d CPUs, %s GB of memory\n", m.System, m.Processor, m.CPUs, plain(float64(m.Memory)/1e9))
	_, _ = fmt.Fprintf(w, "tpe %s, %s MB, made with %s", m.Versions["tpe"], plain(float64(m.Binary)/1e6), m.Go)
	for _, name := range append([]string{"node"}, peerPackages()...) {
		if v := m.Versions[name]; v != "" {
			_, _ = fmt.Fprintf(w, "; %s %s", name, v)
		}
	}
	_, _ = fmt.Fprintln(w)
}
