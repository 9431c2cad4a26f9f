package endpoint

import (
	"net/netip"
	"testing"

	"roster.example/roster/internal/fault"
)

// Every address of IANA's special-purpose registries, and every IPv6 address that contains an
// IPv4 address of a translator or a tunnel, is refused.
func TestNonPublicAddressesAreRejected(t *testing.T) {
	t.Parallel()
	for address, public := range map[string]bool{
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "100.127.255.255": false, "127.0.0.1": false,
		"127.255.255.255": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.1": false,
		"192.0.0.170": false, "192.0.2.1": false, "192.31.196.1": false, "192.52.193.1": false, "192.88.99.1": false, "192.168.0.1": false,
		"192.175.48.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false, "203.0.113.1": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,

		"::": false, "::1": false, "::127.0.0.1": false, "::7f00:1": false, "::a00:1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false,
		"::ffff:0:127.0.0.1": false, "::ffff:0:10.0.0.1": false, "::ffff:0:8.8.8.8": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::8.8.8.8": false, "64:ff9b:1::10.0.0.1": false, "64:ff9b:1:7f00:0:100::": false,
		"100::1": false, "100:0:0:1::1": false, "2001::1": false, "2001:0:7f00:1::": false, "2001:2::1": false, "2001:10::1": false,
		"2001:20::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "2002:808:808::1": false, "2620:4f:8000::1": false,
		"3fff::1": false, "3fff:fff:ffff::": false, "5f00::1": false, "fc00::1": false, "fd12::1": false, "fe80::1": false,
		"fe80::1%eth0": false, "febf::1": false, "fec0::1": false, "feff::1": false, "ff02::1": false,
		"4000::1": false, "1::1": false, "a000::1": false,
		// ISATAP interface identifiers (RFC 5214, 6.1) contain an IPv4 address.
		"2606:4700::5efe:127.0.0.1": false, "2606:4700::200:5efe:10.0.0.1": false,

		"1.1.1.1": true, "8.8.8.8": true, "100.63.255.255": true, "100.128.0.1": true, "172.15.0.1": true, "172.32.0.1": true,
		"192.0.1.1": true, "198.17.255.255": true, "198.20.0.1": true, "223.255.255.255": true,
		"::ffff:8.8.8.8": true, "2001:200::1": true, "2001:4860:4860::8888": true, "2003::1": true, "2606:4700::1111": true, "2a00::1": true,
	} {
		if got := Allowed(netip.MustParseAddr(address), false, nil); got != public {
			t.Errorf("%s is allowed: %t, want %t", address, got, public)
		}
		if Allowed(netip.MustParseAddr(address), true, nil) {
			t.Errorf("%s is allowed without encryption", address)
		}
	}
}

func TestURLsWithNonPublicAddressesAreRejected(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"https://[::ffff:0:127.0.0.1]/": false, "https://[::ffff:0:7f00:1]/": false, "https://[64:ff9b::a9fe:a9fe]/": false,
		"https://[fe80::1%25eth0]/": false, "https://[::]/": false, "https://[2606:4700::1111]/": true,
	} {
		var f fault.List
		if CheckURL(&f, text, nil); (len(f) == 0) != ok {
			t.Errorf("%s: %v", text, f)
		}
	}
	var f fault.List
	if CheckURL(&f, "http://[::ffff:0:7f00:1]/", []netip.Prefix{netip.MustParsePrefix("::ffff:0:0:0/96")}); len(f) > 0 {
		t.Errorf("an address that the setting allows: %v", f)
	}
}
