"""binascii and what is built on it; struct-like uses of buffers; string constants."""

import base64
import binascii


def attempt(label, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        print(label, type(error).__name__, error)
    else:
        print(label, type(result).__name__, repr(result))


for data in (b"", b"a", b"ab", b"abc", bytes(range(45)), b"hello world = \t \n end. \r\n.\n"):
    encoded = binascii.b2a_base64(data)
    print(encoded, binascii.a2b_base64(encoded) == data, binascii.b2a_base64(data, newline=False))
    print(
        binascii.hexlify(data),
        binascii.unhexlify(binascii.hexlify(data)) == data,
        binascii.hexlify(data, "-", 3),
    )
    print(binascii.crc32(data), binascii.crc32(data, 7), binascii.crc_hqx(data, 0))
    print(binascii.b2a_uu(data), binascii.a2b_uu(binascii.b2a_uu(data)), binascii.b2a_uu(data, backtick=True))
    print(
        binascii.b2a_qp(data),
        binascii.b2a_qp(data, quotetabs=True, istext=False, header=True),
        binascii.a2b_qp(binascii.b2a_qp(data)),
    )
    print(
        base64.b64encode(data),
        base64.urlsafe_b64encode(data),
        base64.b32encode(data),
        base64.b16encode(data),
        base64.a85encode(data),
        base64.b85encode(data),
    )
for bad in (b"a", b"abcde", b"ab=c", b"=", b"abc", b"ab==", b"a b c d", b"****", "é", 5):
    attempt(repr(bad), binascii.a2b_base64, bad)
    attempt(repr(bad), lambda: binascii.a2b_base64(bad, strict_mode=True))
    attempt(repr(bad), binascii.unhexlify, bad)
print(binascii.b2a_qp(b"x" * 100), binascii.a2b_qp(b"a=3Db=\nc_d", header=True), binascii.Error.__mro__)
