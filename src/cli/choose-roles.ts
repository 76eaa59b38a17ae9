import { createInterface } from "node:readline/promises";
import { ROLES, type Role } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";

/**
 * Asks on the terminal which roles an instance is to play.
 * @throws UserError role_missing (usage) without a terminal, and where the answer names no role
 */
export async function chooseRoles(instance: string): Promise<Role[]> {
	if (!process.stdin.isTTY || !process.stderr.isTTY) throw roleMissing(instance);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	try {
		const roles = rolesIn(await terminal.question(`Role of ${instance} (cpu, gpu or both)? `));
		if (roles.length === 0) throw roleMissing(instance);
		return roles;
	} finally {
		terminal.close();
	}
}

/** `both` or the names, in any form; empty where something else was typed. */
export function rolesIn(answer: string): Role[] {
	const words: readonly string[] = answer.toLowerCase().match(/\w+/g) ?? [];
	if (words.includes("both")) return [...ROLES];
	return words.every((word) => ROLES.some((role) => role === word)) ? ROLES.filter((role) => words.includes(role)) : [];
}

const roleMissing = (instance: string) =>
	new UserError("role_missing", `${instance} is not in cres.yaml, and no role was given`, {
		hint: "add --role cpu or --role gpu (both may be given)",
	});
