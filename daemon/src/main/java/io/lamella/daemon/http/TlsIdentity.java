// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/** A server's certificate chain and private key, from PEM files. */
public final class TlsIdentity {
    private static final int LIMIT_BYTES = 1 << 20;

    private final KeyStore store;

    private TlsIdentity(KeyStore store) {
        this.store = store;
    }

    /**
     * Reads them.
     *
     * @param certificates PEM, the server's own first
     * @param key PEM, PKCS #8, not encrypted
     * @throws IOException if they cannot be read; the sentence says which and why
     */
    public static TlsIdentity read(Path certificates, Path key) throws IOException {
        try {
            Collection<? extends Certificate> chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes(certificates)));
            if (chain.isEmpty()) {
                throw new IOException("There is no certificate in " + certificates + ".");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", privateKey(key), new char[0], chain.toArray(Certificate[]::new));
            return new TlsIdentity(store);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "The certificates in " + certificates + " and the key in " + key + " cannot be used: "
                            + e.getMessage(),
                    e);
        }
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        String text = new String(bytes(file), StandardCharsets.US_ASCII);
        int from = text.indexOf("-----BEGIN PRIVATE KEY-----");
        int to = text.indexOf("-----END PRIVATE KEY-----");
        if (from < 0 || to < from) {
            throw new IOException("There is no unencrypted PKCS #8 key (BEGIN PRIVATE KEY) in " + file
                    + "; convert it with: openssl pkcs8 -topk8 -nocrypt");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(text.substring(from + 27, to));
        } catch (IllegalArgumentException e) {
            throw new IOException("The key in " + file + " is not PEM.", e);
        }
        for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException ignored) {
                // Of another kind.
            }
        }
        throw new IOException("The key in " + file + " is neither EC, RSA nor EdDSA.");
    }

    private static byte[] bytes(Path file) throws IOException {
        if (Files.size(file) > LIMIT_BYTES) {
            throw new IOException(file + " is too large for a certificate or a key.");
        }
        return Files.readAllBytes(file);
    }

    KeyStore store() {
        return store;
    }
}
