// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"net"
	"net/netip"

	"go.uber.org/zap"
)

// udpSocket tells the datagrams that the kernel dropped from those that came.
type udpSocket struct {
	*net.UDPConn
	control []byte // nil where the kernel does not tell
	dropped uint32 // what the kernel has counted so far; it wraps
}

// openUDP binds a udp socket.
func openUDP(ctx context.Context, cfg *Config, logger *zap.Logger) (*udpSocket, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	s := &udpSocket{UDPConn: conn.(*net.UDPConn)}
	size := int(cfg.ReadBufferSize)
	if size == 0 {
		size = defaultReadBuffer
	}
	if err := s.SetReadBuffer(size); err != nil {
		logger.Warn("the socket's buffer stays as it is", zap.Int("read_buffer_size", size), zap.Error(err))
	} else if have := readBuffer(s.UDPConn); have > 0 && have < size {
		logger.Info("the kernel gives the socket a smaller buffer than read_buffer_size; net.core.rmem_max is its limit",
			zap.Int("read_buffer_size", size), zap.Int("bytes", have))
	}
	if countDrops(s.UDPConn) {
		s.control = make([]byte, controlSize)
	}
	return s, nil
}

// receive implements socket.
func (s *udpSocket) receive(buf []byte) (int, netip.Addr, uint32, error) {
	n, m, _, peer, err := s.ReadMsgUDPAddrPort(buf, s.control)
	if err != nil {
		return 0, netip.Addr{}, 0, err
	}
	var lost uint32
	if m > 0 {
		if dropped, ok := drops(s.control[:m]); ok {
			lost, s.dropped = dropped-s.dropped, dropped
		}
	}
	return n, peer.Addr().Unmap(), lost, nil
}
