import { expect, it } from "vitest";
import { rolesIn } from "../../src/cli/choose-roles.ts";

it.each([
	["gpu", ["gpu"]],
	[" CPU ", ["cpu"]],
	["both", ["cpu", "gpu"]],
	["gpu, cpu", ["cpu", "gpu"]],
	["", []],
	["y", []],
	["gpu please", []],
])("reads %j as roles", (answer, roles) => {
	expect(rolesIn(answer)).toEqual(roles);
});
