import type { Interfaces } from "@oclif/core";

/** What oclif's parser needs to know, with arguments that it does not read from standard input. */
export function ignoringStdin<I extends Interfaces.Input<any, any, any>>(given: I): I {
	const { strict, flags, baseFlags, enableJsonFlag } = given;
	const args = Object.entries<object>(given.args ?? {}).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]);
	return { strict, flags, baseFlags, enableJsonFlag, args: Object.fromEntries(args) } as unknown as I;
}
