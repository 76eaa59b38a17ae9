import type { Trust } from "./bundle.ts";
import { trustedIdentities } from "./keyless/identity.ts";
import { readTrustedRoot } from "./keyless/trusted-root.ts";
import type { KeylessTrust } from "./keyless/verify.ts";
import { trustedKeys } from "./keys.ts";
import type { AttestConfig } from "./ports.ts";

/** Whose signatures count by cres.yaml. @throws UserError attest_key_invalid (usage) */
export const trustOf = async (config: AttestConfig): Promise<Trust> => ({
	keys: await trustedKeys(config),
	keyless: keylessTrust(config),
});

/** The file of Sigstore's trusted root is read when something was signed keyless. */
export function keylessTrust({ attest, root }: Pick<AttestConfig, "attest" | "root">): KeylessTrust | undefined {
	const { keyless } = attest;
	if (!keyless) return undefined;
	let read: ReturnType<KeylessTrust["root"]> | undefined;
	return {
		identities: trustedIdentities(keyless),
		root: () => (read ??= readTrustedRoot(root, keyless.trusted_root)),
	};
}
