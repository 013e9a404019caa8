// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package listener

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// CheckEndpoint reports what is wrong with a host:port to listen on; the port is a number.
func CheckEndpoint(endpoint string) error {
	if endpoint == "" {
		return errors.New("set it to host:port")
	}
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: the port is not a number from 0 to 65535", endpoint)
	}
	return nil
}
