import { useEffect, useRef, useState } from "react";

/** Seconds for which the button says that it copied. */
const THANKS = 2;

/** An address to be taken away. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => {
      setCopied(false);
    }, THANKS * 1000);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  const copy = async () => {
    field.current?.select();
    // The clipboard exists in secure contexts only; elsewhere the selection is ready for the keyboard.
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div className="copy">
      <label>
        <span>{label}</span>
        <input
          ref={field}
          readOnly
          value={value}
          spellCheck={false}
          onFocus={(event) => {
            event.target.select();
          }}
        />
      </label>
      <button type="button" onClick={() => void copy().catch(() => undefined)}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
