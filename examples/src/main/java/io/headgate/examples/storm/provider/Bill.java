package io.headgate.examples.storm.provider;

/** Tokens that were billed. */
public record Bill(long promptTokens, long answerTokens) {
  public static final Bill NOTHING = new Bill(0, 0);

  public Bill plus(Bill other) {
    return new Bill(promptTokens + other.promptTokens, answerTokens + other.answerTokens);
  }

  public long tokens() {
    return promptTokens + answerTokens;
  }
}
