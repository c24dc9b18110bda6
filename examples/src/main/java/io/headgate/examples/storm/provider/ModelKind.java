package io.headgate.examples.storm.provider;

/**
 * The two models of the provider. The smaller one has machines of its own, which an outage of the
 * large one leaves alone: half as many, each twice as fast, at a fifth of the price.
 */
public enum ModelKind {
  LARGE("gpt-large", 1, 1, 100),
  SMALL("gpt-small", 2, 0.5, 20);

  private final String id;
  private final double speed;
  private final double machines;
  private final int pricePercent;

  ModelKind(String id, double speed, double machines, int pricePercent) {
    this.id = id;
    this.speed = speed;
    this.machines = machines;
    this.pricePercent = pricePercent;
  }

  /** What a request says for it. */
  public String id() {
    return id;
  }

  /** Of the large one's price. */
  public int pricePercent() {
    return pricePercent;
  }

  /** How many times as fast as the large one it is. */
  double speed() {
    return speed;
  }

  /** How many machines it has, of the large one's. */
  double machines() {
    return machines;
  }

  ModelSpeed speed(ModelSpeed ofLarge) {
    return new ModelSpeed(
        ofLarge.overhead().dividedBy((long) speed),
        ofLarge.promptTokensPerSecond() * speed,
        ofLarge.answerTokensPerSecond() * speed,
        ofLarge.knee() * machines);
  }

  /** The model of that name; of names that nobody knows the large one. */
  static ModelKind of(String id) {
    return id.equals(SMALL.id) ? SMALL : LARGE;
  }
}
