export interface DeployOptions {
	/** Only say what would be done. */
	dryRun: boolean;
	/** `deploy`, or `rollback` with the release that is repeated. */
	purpose: "deploy" | "rollback";
	/** Id of that release. */
	replays?: string;
	/** The instance gets another contract instead of being rolled. */
	replace?: boolean;
}

/** The command that does the same again. */
export const commandOf = (instance: string, { purpose, replace }: Pick<DeployOptions, "purpose" | "replace">): string =>
	`cres ${purpose} ${instance}${replace ? " --replace" : ""}`;

/** What its lease is held for. */
export const purposeOf = ({ purpose, replace }: DeployOptions): DeployOptions["purpose"] | "replace" =>
	replace ? "replace" : purpose;
