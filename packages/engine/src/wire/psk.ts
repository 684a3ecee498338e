/**
 * How both ends use TLS 1.3 with a pre-shared key. Without certificates, mutual, forward secret.
 *
 * Only the two cipher suites that a 32-byte key can be used with are allowed: with others in the list a
 * certificate path could be taken silently. Session tickets are off, because a ticket opens a
 * connection without the key.
 */
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

export const PSK_TLS: SecureContextOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  secureOptions: constants.SSL_OP_NO_TICKET,
};
