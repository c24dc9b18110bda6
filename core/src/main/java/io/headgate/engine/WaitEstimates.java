package io.headgate.engine;

/**
 * Tells admission how long tasks would wait: at a target, whoever asks, by priority and by whether
 * the job has begun; and behind an agent's own new jobs. A figure is told when it has moved by an
 * eighth, or became or left zero: the word that submitters read is written seldom, and never stays
 * wrong for long. Not thread-safe.
 */
final class WaitEstimates {
  private final StartOrder order;
  private final Effects effects;

  WaitEstimates(StartOrder order, Effects effects) {
    this.order = order;
    this.effects = effects;
  }

  /**
   * How long a new job of this agent waits, by what the agent itself has waiting and how fast that
   * begins: a neighbour's queue is not its own. While that is not known, by fair shares.
   */
  void publish(AgentEntry agent, TargetEntry target) {
    long intervalNs = agent.newPace.intervalNs();
    if (intervalNs == 0) {
      intervalNs = roundNs(target);
    }
    long waitNs = intervalNs * agent.queuedNew;
    if (differs(waitNs, agent.publishedWaitNs)) {
      agent.publishedWaitNs = waitNs;
      effects.publishWait(agent.gate, waitNs);
    }
  }

  // Until each of those that wait has had its turn.
  private long roundNs(TargetEntry target) {
    long intervalNs = Math.max(target.newPace.intervalNs(), (long) target.intervalNs());
    return intervalNs * order.backlogged();
  }

  /** How long a task waits at the target, whoever asks, by priority. */
  void publish(TargetEntry target) {
    // The wait is the target's, whoever waits there: while one agent's cap may be all that holds
    // its queue up, others must not be turned away for that.
    boolean door = target.settings.concurrency().isOn();
    long ofJob = door ? target.jobTimes.typicalNs() : 0;
    boolean jobDiffers = differs(ofJob, target.publishedJobNs);
    long roundNs = target.queuedNew() == 0 ? 0 : roundNs(target);
    if (differs(roundNs, target.publishedRoundNs)) {
      target.publishedRoundNs = roundNs;
      effects.publishRound(target.gate, roundNs);
    }
    double intervalNs = target.intervalNs();
    int ahead = 0;
    int newAhead = 0;
    for (int band = 0; band < TargetEntry.BANDS; band++) {
      int newOnes = target.queuedNew(band);
      ahead += target.queued(band);
      newAhead += newOnes;
      long ofBegun = (long) (intervalNs * (ahead - newOnes));
      long ofNew = (long) (intervalNs * ahead);
      if (door) {
        // Behind all that begun jobs have, and behind the other new.
        ofNew = Math.max(ofNew, target.newPace.intervalNs() * newAhead);
      }
      if (jobDiffers
          || differs(ofNew, target.publishedNewNs[band])
          || differs(ofBegun, target.publishedBegunNs[band])) {
        target.publishedNewNs[band] = ofNew;
        target.publishedBegunNs[band] = ofBegun;
        target.publishedJobNs = ofJob;
        effects.publishEstimates(target.gate, band, ofNew, ofBegun, ofJob);
      }
    }
  }

  private static boolean differs(long value, long published) {
    return Math.abs(value - published) > (published >> 3);
  }
}
