// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// unixSocket is a unix datagram socket with a file of its own.
type unixSocket struct {
	*net.UnixConn
	path string
	file os.FileInfo
}

// openUnix makes the socket and its file.
func openUnix(ctx context.Context, cfg *Config) (*unixSocket, error) {
	path := cfg.Endpoint
	mode, err := cfg.mode()
	if err != nil {
		return nil, err
	}
	if err := clearStale(ctx, path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "unixgram", path)
	if err != nil {
		return nil, err
	}
	s := &unixSocket{UnixConn: conn.(*net.UnixConn), path: path}
	// Until now the umask decides, which lets nobody but the owner send.
	err = os.Chmod(path, mode)
	if err == nil {
		s.file, err = os.Lstat(path)
	}
	if err != nil {
		return nil, errors.Join(err, s.UnixConn.Close(), os.Remove(path))
	}
	return s, nil
}

// clearStale removes the socket that a process has left behind which did not end well. It is an error where the path
// is something else, or somebody listens there.
func clearStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("is there already, and is no socket")
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", path)
	switch {
	case err == nil:
		_ = conn.Close()
		return errors.New("is in use: another process listens there")
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	}
	return err
}

// receive implements socket. Senders have no address, and the kernel drops nothing: a full socket is theirs to handle.
func (s *unixSocket) receive(buf []byte) (int, netip.Addr, uint32, error) {
	n, err := s.Read(buf)
	return n, netip.Addr{}, 0, err
}

// Close removes the socket's file too, unless another one has taken its place.
func (s *unixSocket) Close() error {
	err := s.UnixConn.Close()
	if info, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(info, s.file) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}
