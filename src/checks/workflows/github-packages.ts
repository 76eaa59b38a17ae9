// Imported by github-parser.ts alone, which first sees to it that Node can load them.
export { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
export * from "@actions/workflow-parser/templates/tokens/type-guards";
export { parseAction } from "@actions/workflow-parser/actions/action-parser";
