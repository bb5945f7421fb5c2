/** Owns a choice of one among few, as radio buttons: by mouse, touch and arrow keys. */
import { useId } from "preact/hooks";

export interface ChoiceProps<Value extends string | number> {
  readonly legend: string;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly value: Value | undefined;
  readonly onChoose: (value: Value) => void;
  /** Whether the legend is only for screen readers. */
  readonly quiet?: boolean;
}

export function Choice<Value extends string | number>(props: ChoiceProps<Value>) {
  const { legend, options, value, onChoose, quiet = false } = props;
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class={quiet ? "unseen" : ""}>{legend}</legend>
      <div class="options">
        {options.map(([each, label]) => (
          <label key={each}>
            <input type="radio" name={name} checked={each === value} onChange={() => onChoose(each)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
