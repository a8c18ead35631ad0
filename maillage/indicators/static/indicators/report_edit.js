// data-insert-into="id": choosing a figure writes its name between braces where the cursor is in that text.
for (const picker of document.querySelectorAll("[data-insert-into]")) {
  const text = document.getElementById(picker.dataset.insertInto);
  picker.addEventListener("change", () => {
    if (!picker.value || !text) return;
    const [start, end] = [text.selectionStart ?? text.value.length, text.selectionEnd ?? text.value.length];
    const before = start && !/\s$/.test(text.value.slice(0, start)) ? " " : "";
    const after = /^[\s.,;:)]|^$/.test(text.value.slice(end)) ? "" : " ";
    text.setRangeText(`${before}{{ ${picker.value} }}${after}`, start, end, "end");
    picker.value = "";
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
