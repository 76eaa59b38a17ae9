import { UserError, codeOf } from "../errors/errors.ts";
import { readText } from "../system/files.ts";

/**
 * The PEM file that RUN steps trust; undefined for none. `given`: of --ca-bundle; `named`: by NODE_EXTRA_CA_CERTS.
 * @throws UserError build_file_missing when it cannot be read, which Docker would tell late
 */
export async function caBundle(given: string | undefined, named: string | undefined): Promise<string | undefined> {
	const file = given ?? named;
	if (file === undefined) return undefined;
	const name = given === undefined ? "NODE_EXTRA_CA_CERTS" : "--ca-bundle";
	await readText(file).catch((error: unknown) => {
		throw new UserError("build_file_missing", `${name} names ${file}, which cannot be read (${codeOf(error)})`, {
			hint: `give ${name} a file of certificates in PEM, or leave it out`,
			cause: error,
		});
	});
	return file;
}
