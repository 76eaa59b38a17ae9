import { Args, Flags } from "@oclif/core";

export const instance = Args.string({ required: true, description: "Name of an instance in cres.yaml." });

export const dryRun = Flags.boolean({ summary: "Say what would be done, change nothing.", default: false });
