/** Names that stand in the script of a cell though nobody wrote them: those of hoisted functions, helpers of decorators. */
export function isMadeName(name: string): boolean {
  return (
    name.includes('\u200c') ||
    /^__(?:esDecorate|runInitializers|setFunctionName|propKey|addDisposableResource|disposeResources)$/.test(
      name,
    )
  );
}
