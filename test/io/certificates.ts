/**
 * Owns the certificates of the tests: an authority, and what it has signed, made by openssl for each run, so that no key stands
 * in the repository and nothing ever runs out.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** Who has signed the others. */
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly server: Identity;
  readonly client: Identity;
  /** For other.example. */
  readonly other: Identity;
  /** For localhost, until yesterday. */
  readonly expired: Identity;
  /** The server's key, encrypted. */
  readonly encrypted: { readonly key: string; readonly passphrase: string };
  /** For localhost, signed by nobody else. */
  readonly selfSigned: Identity;
}

/** Another name than the certificate of the server is for. */
export const OTHER_NAME = "other.example";
const THIS_MACHINE = "DNS:localhost,IP:127.0.0.1";

/** Makes all of them, or undefined where there is no openssl. */
export function makeCertificates(): Certificates | undefined {
  const folder = mkdtempSync(join(tmpdir(), "wasyncio-certificates-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string) => readFileSync(at(name), "utf8");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

  function authority(name: string, subject: string, more: readonly string[]): Identity {
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      subject,
      ...more,
    );
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  }

  function signed(name: string, names: string, days: number): Identity {
    writeFileSync(at("names"), `subjectAltName=${names}\n`);
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-days", String(days), "-out", `${name}.pem`);
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  }

  try {
    const { cert: ca } = authority("ca", "/CN=Authority of the tests", ["-days", "30"]);
    const server = signed("server", THIS_MACHINE, 30);
    const passphrase = "the passphrase of the tests";
    openssl(
      "pkcs8",
      "-topk8",
      "-in",
      "server.key",
      "-passout",
      `pass:${passphrase}`,
      "-out",
      "encrypted.key",
    );
    return {
      ca,
      server,
      encrypted: { key: read("encrypted.key"), passphrase },
      client: signed("client", "DNS:client", 30),
      other: signed("other", `DNS:${OTHER_NAME}`, 30),
      expired: signed("expired", THIS_MACHINE, -1),
      selfSigned: authority("self", "/CN=localhost", ["-addext", `subjectAltName=${THIS_MACHINE}`]),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
