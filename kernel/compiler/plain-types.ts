/** A signature without the modules that its types come from: nobody wrote them. */
export function plainTypes(signature: string): string {
  return signature.replace(/(?:typeof )?import\("[^"]*"\)\.?/g, '');
}
