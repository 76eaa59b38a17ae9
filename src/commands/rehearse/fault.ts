import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { table } from "../../system/text.ts";
import type { SystemRow } from "../../../rehearsal/system/known.ts";
import type { KnownFault } from "../../../rehearsal/vast/control.ts";

export default class RehearseFault extends BaseCommand {
	static override summary = "Make the simulated Vast or a running instance fail, or show how they can.";
	static override description =
		"Without a name it lists every fault and where it is switched on. A fault happens once, or until it is cleared, as its row says; --times and --always change that. Those of the group system happen now, to the instance with a Docker daemon.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> stale-recycle --instance vast-2",
		"<%= config.bin %> <%= command.id %> rate-limited --times 3",
		"<%= config.bin %> <%= command.id %> port-taken",
		"<%= config.bin %> <%= command.id %> --clear",
	];
	static override args = { name: Args.string({ description: "Fault to switch on." }) };
	static override flags = {
		instance: Flags.string({ summary: "Contract that it happens to, by number or instance; any when left out." }),
		times: Flags.integer({ summary: "How often it happens.", min: 1 }),
		always: Flags.boolean({ summary: "It happens until it is cleared.", exclusive: ["times"] }),
		clear: Flags.boolean({ summary: "Switch it off; all of them without a name." }),
		list: Flags.boolean({ summary: "Show them, change nothing." }),
	};

	async run(): Promise<{ faults: (KnownFault | SystemRow)[] }> {
		const { args, flags } = await this.parse(RehearseFault);
		const { ownPerimeter, layoutOf } = await import("../../../rehearsal/part.ts");
		const { connectControl } = await import("../../../rehearsal/vast/control-client.ts");
		const { vastApiKey } = await import("../../../rehearsal/parts/vast.ts");
		const system = await import("../../../rehearsal/system/known.ts");
		const layout = layoutOf(ownPerimeter(this.config.root));
		const control = connectControl(layout.ports.vastControl, await vastApiKey(layout));
		const { instance, times, always, clear, list } = flags;
		const { name } = args;
		const isSystem = name !== undefined && system.isSystemFault(name);
		if (clear) {
			await system.switchOff(layout, name);
			if (!isSystem) await control.clear(name);
		} else if (isSystem && !list) await system.switchOn(layout, name);
		else if (name !== undefined && !list) {
			const id = instance === undefined ? undefined : await control.contractOf(instance);
			await control.set({ name, id, times: always ? null : times });
		}
		const faults = [...(await control.faults()), ...(await system.knownSystemFaults(layout))];
		const shown = name === undefined ? faults : faults.filter((one) => one.name === name);
		this.log(table(["FAULT", "GROUP", "LASTS", "ON", "MEANING"], shown.map(row)));
		return { faults };
	}
}

const row = (fault: KnownFault | SystemRow): string[] => {
	const { name, group, lasting, meaning, set } = fault;
	const on = set.map(({ id, left }) => `${id ?? "any"}${left === null ? "" : ` ×${left}`}`);
	const where = "on" in fault && fault.on !== null ? [fault.on] : on;
	return [name, group, lasting, where.join(", ") || "-", meaning];
};
