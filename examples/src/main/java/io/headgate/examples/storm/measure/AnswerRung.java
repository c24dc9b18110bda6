package io.headgate.examples.storm.measure;

/** Who may answer a call: an arm without a ladder knows the first alone. */
public enum AnswerRung {
  /** The model that was asked for. */
  TOP,
  /** A smaller one. */
  SMALLER,
  /** No model: a text that was written before. */
  STATIC
}
