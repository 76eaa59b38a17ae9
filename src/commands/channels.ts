import { LookingCommand } from "../cli/looking-command.ts";
import { screenColumns } from "../cli/screen.ts";
import { listChannels, type ChannelList } from "../promotion/channels.ts";
import { renderChannels } from "../promotion/render-channels.ts";

export default class Channels extends LookingCommand {
	static override summary = "Show what each channel resolves to, whether it is attested, and which instances run it.";
	static override description =
		"Exits 3 when a channel resolves to a digest without a valid attestation, 1 when one could not be read (?). SINCE and BY are from the records of this machine. A terminal wider than 80 columns also shows DIGEST.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<ChannelList> {
		await this.parse(Channels);
		const context = await this.context();
		const list = await listChannels({ ...context.promotion(), open: (name) => context.instance(name) });
		this.log(renderChannels(list, context.clock.now(), screenColumns()));
		if (list.channels.some(({ attested }) => attested === false)) this.exitWith("findings");
		else if (list.channels.some(({ problem }) => problem !== null)) this.exitWith("failed");
		return list;
	}
}
