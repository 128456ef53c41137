/**
 * Imported before the toolkit: while it loads it tries `:focus-visible` with a style element, and takes the nonce for
 * it from this tag. Without it the policy refuses the element and every mouse click draws a focus ring.
 */
if (!document.querySelector('meta[property="csp-nonce"]')) {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
  if (nonce) {
    const tag = document.createElement('meta');
    tag.setAttribute('property', 'csp-nonce');
    tag.setAttribute('content', nonce);
    document.head.append(tag);
  }
}
