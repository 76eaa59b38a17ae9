/** Codes of Node's TLS errors (nodejs.org/api/tls.html#x509-certificate-error-codes) for a certificate of a CA that is not trusted. */
export const UNKNOWN_CA = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/;
