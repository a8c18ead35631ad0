// Shows a question when the one that it depends on has one of its values. Without this file all are shown, and the server
// leaves out the answers that do not apply.

for (const form of document.querySelectorAll("[data-conditions]")) {
  const questions = [...form.querySelectorAll("[data-question]")];
  const answer = (id) => form.querySelector(`[name="q${id}"]:checked`)?.value;
  const update = () => {
    for (const question of questions) {
      if (!question.dataset.if) continue;
      const parent = form.querySelector(`[data-question="${question.dataset.if}"]`);
      question.hidden = Boolean(parent?.hidden) || !question.dataset.values.split(",").includes(answer(question.dataset.if));
    }
  };
  form.addEventListener("change", update);
  update();
}
