package io.headgate.runtime;

import io.headgate.Refusal;

/**
 * The counters, in the order of their ids; behind them one for each {@link Refusal}. Since the
 * start, unless it says otherwise.
 */
enum Counter {
  ADMITTED("admitted"),
  REFUSED("refused"),
  STARTED("started"),
  COMPLETED("completed"),
  FAILED("failed"),
  TIMED_OUT("timedOut"),
  EXPIRED("expired"),
  CANCELLED("cancelled"),
  CUT_OFF("cutOff"),
  /** Now. */
  WAITING("waiting"),
  /** Now. */
  IN_FLIGHT("inFlight"),
  /** Now. */
  OVERRUNS("overruns"),
  /** Now. */
  SUSPENDED("suspended"),
  /** Now. */
  OPEN_JOBS("openJobs"),
  /** Now. */
  TOKENS_RESERVED("tokensReserved"),
  TOKENS_SPENT("tokensSpent"),
  /** Nano-dollars. */
  MONEY_SPENT_NANOS("moneySpentNanos"),
  /** What user code threw where nobody waits for an answer: listeners, closeables, dependents. */
  USER_ERRORS("userErrors"),
  OWN_ERRORS("ownErrors"),
  /** Events that the listener was too slow for. */
  EVENTS_LOST("eventsLost"),
  /** Further attempts that were decided on. */
  RETRIES("retries"),
  /** Breakers of targets, and of agents at targets, that opened. */
  BREAKERS_OPENED("breakersOpened"),
  /** How often a lower rung of a ladder came to serve, or none. */
  STEPS_DOWN("stepsDown"),
  /** How often a higher one did. */
  STEPS_UP("stepsUp"),
  /** Attempts that failed, and were followed by one at the next rung, or joined by it. */
  FALLS("falls"),
  /** Tasks that completed below the first rung. */
  DEGRADED("degraded"),
  /** Now; those that wait include them. */
  PARKED("parked"),
  PARKED_IN_ALL("parkedInAll"),
  /** Agents whose spending became an alert. */
  BURN_ALERTS("burnAlerts"),
  /** Targets of whose calls nobody said what they used. */
  USAGE_ALERTS("usageAlerts"),
  /** Second attempts, started beside slow first ones. */
  HEDGES("hedges"),
  /** Of those, the ones that answered first. */
  HEDGES_WON("hedgesWon"),
  /** Limits of providers that were learned, or learned anew by an eighth. */
  LIMITS_LEARNED("limitsLearned"),

  /** Times that a target's concurrency limit moved. */
  LIMITS_MOVED("limitsMoved"),

  /** First calls of new jobs that began before older ones, since their queue stood. */
  NEWEST_FIRST("newestFirst"),
  /** Those that ended since their jobs had too little time left to be done. */
  TOO_LATE("tooLate"),
  /** Tasks that waited for the pace of a first rung for as long as they are to. */
  IMPATIENT("impatient"),
  /** Times that a target's admission level began to be lowered. */
  LEVELS_LOWERED("levelsLowered"),
  /** Alerts of targets that began, beside those of usage. */
  ALERTS("alerts"),
  /** Of the falls, those beside a call that was told to stop and did not. */
  FELL_BESIDE("fellBeside"),
  /** Of those, the ones whose second call answered while the first went on. */
  ANSWERED_BESIDE("answeredBeside"),
  /** Times that a target asked to be left alone, and was. */
  PAUSES("pauses"),
  /** Times that operators held an agent's work up. */
  AGENTS_HELD("agentsHeld"),
  /** Likewise a target's. */
  TARGETS_HELD("targetsHeld"),
  /** Likewise that of all: paused, drained, or let in from a priority on. */
  ALL_HELD("allHeld"),
  /** What operators said that was done. */
  OPERATOR_WORDS("operatorWords"),
  /** What they said that changed nothing: too late, done already, or impossible. */
  OPERATOR_WORDS_IN_VAIN("operatorWordsInVain"),
  /** Changes of jobs while they ran. */
  JOBS_RECONFIGURED("jobsReconfigured"),
  /** Jobs that were cut off, since their calls went round in circles too often. */
  JOBS_LOOPED_OUT("jobsLoopedOut"),
  /** Changes of overall bounds: of spending, of the rate, of parking, of the spread. */
  LIMITS_CHANGED("limitsChanged"),
  /** What calls use for their answers that was learned, or learned anew by a quarter. */
  ESTIMATES_LEARNED("estimatesLearned"),
  /** Tasks that were let in, or tried again, with what their jobs keep back for wrapping up. */
  WRAPPED_UP("wrappedUp");

  private final String label;

  Counter(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** Of what is refused for this reason: {@code refusedJobMoneyRate}. */
  static String labelOf(Refusal reason) {
    StringBuilder label = new StringBuilder("refused");
    boolean begins = true;
    for (char letter : reason.name().toCharArray()) {
      if (letter != '_') {
        label.append(begins ? letter : Character.toLowerCase(letter));
      }
      begins = letter == '_';
    }
    return label.toString();
  }
}
