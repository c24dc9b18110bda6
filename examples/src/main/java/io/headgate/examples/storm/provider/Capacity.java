package io.headgate.examples.storm.provider;

import java.util.Collection;

/**
 * What the provider can do for a host that wastes none of it: that knows which requests it has to
 * make again, and makes them at once, and calls for nothing in vain.
 *
 * @param settings how it behaves
 * @param outShare the share of the large model that is out, 0 to below 1
 */
public record Capacity(ProviderSettings settings, double outShare) {
  /**
   * Seconds of work that are done in a second for answers that can be read, by a machine of the
   * large model. While a part is out, so many of its requests meet a fault; some faults cost as
   * much as an answer, and nobody can know beforehand which.
   */
  public double workPerSecond(Collection<ModelKind> models) {
    double work = 0;
    for (var model : models) {
      double full = settings.speed().knee() * model.machines() * model.speed();
      work += model == ModelKind.LARGE ? full * (1 - outShare) / triesOfWork() : full;
    }
    return work;
  }

  /** How often the work of an answer is done until one can be read, in the mean. */
  private double triesOfWork() {
    double faultsForEachAnswer = outShare / (1 - outShare);
    return 1 + faultsForEachAnswer * Fault.shareThatWorks();
  }

  /** What one answer takes of that, in seconds by the wall's clock. */
  public double work(int promptTokens, int answerTokens) {
    var speed = settings.speed();
    double nanos = speed.firstTokenNanos(promptTokens) + speed.answerNanos(answerTokens);
    return nanos / settings.scale() / 1e9;
  }
}
