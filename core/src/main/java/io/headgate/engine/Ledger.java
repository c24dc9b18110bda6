package io.headgate.engine;

import io.headgate.admission.Reservation;

/**
 * The engine's own count of places, permits and tokens: overall, of an agent, of a target. Written
 * by the engine; may be read on its thread.
 */
public final class Ledger {
  private final WaitingRow row = new WaitingRow();
  private final Pace admissions = new Pace();
  private final Pace ends = new Pace();
  final SpendTally tally = new SpendTally();
  int live;
  int waiting;
  int parked;
  int running;
  int claimed;
  int overruns;
  int maxRunningSeen;
  int maxWaitingSeen;
  long started;
  long retries;
  long hedges;
  long hedgesWon;
  long fellBeside;
  long answeredBeside;
  long newestFirst;
  long reservedTokens;
  long spentTokens;
  private final MoneySum reservedMoney = new MoneySum();
  private final MoneySum spentMoney = new MoneySum();
  private final LastMinute lastMinute = new LastMinute();

  void admit(Reservation task, WaitingRow.Place place, long nowNs) {
    row.add(place, task.admittedNs());
    admissions.count(nowNs);
    hold(task);
  }

  /** A further attempt waits: what it needs was taken once more. */
  void admitAgain(Reservation task, WaitingRow.Place place, long nowNs) {
    row.add(place, nowNs);
    hold(task);
  }

  private void hold(Reservation task) {
    maxWaitingSeen = Math.max(maxWaitingSeen, ++waiting);
    live++;
    fund(task);
  }

  /** What it lacks is taken after all. */
  void fund(Reservation task) {
    reservedTokens += task.tokens();
    reservedMoney.add(task.moneyNanos());
  }

  /** It needs so many nano-dollars less than it holds. */
  void giveBack(long money) {
    reservedMoney.subtract(money);
  }

  /** It is held for a human, and no longer counts as waiting its turn. */
  void park(WaitingRow.Place place) {
    row.remove(place);
    parked++;
  }

  /** It waits for its turn from now on. */
  void unpark(WaitingRow.Place place, long nowNs) {
    row.add(place, nowNs);
    parked--;
    assert parked >= 0;
  }

  void leaveWaiting(WaitingRow.Place place) {
    row.remove(place);
    waiting--;
    assert waiting >= 0;
  }

  void run() {
    maxRunningSeen = Math.max(maxRunningSeen, ++running);
  }

  void stopRunning() {
    running--;
    assert running >= 0;
  }

  void attemptEnded(long nowNs) {
    ends.count(nowNs);
  }

  void settle(Reservation task, long tokens, long money, long nowNs) {
    live--;
    reservedTokens -= task.tokens();
    reservedMoney.subtract(task.moneyNanos());
    spentTokens += tokens;
    spentMoney.add(money);
    lastMinute.spend(tokens, money, nowNs);
    assert reservedTokens >= 0;
  }

  /** What was spent in vain, and how much was held for what was used. */
  public SpendTally tally() {
    return tally;
  }

  /** Tasks whose reservation is not settled. */
  public int live() {
    return live;
  }

  /** Of those that wait, the ones that are held for a human. */
  public int parked() {
    return parked;
  }

  /** Admitted, not started. */
  public int waiting() {
    return waiting;
  }

  /** Since when the task that waits longest has waited; {@link Long#MAX_VALUE} if none waits. */
  public long oldestAdmittedNs() {
    return row.firstSinceNs();
  }

  /** Tasks admitted a second, over the last ten seconds. */
  public double admissionsPerSecond(long nowNs) {
    return admissions.perSecond(nowNs);
  }

  /** Attempts that ended a second, over the last ten seconds: the service rate. */
  public double endsPerSecond(long nowNs) {
    return ends.perSecond(nowNs);
  }

  /** Attempts that hold permits. */
  public int running() {
    return running;
  }

  /** Of those, attempts whose task has ended. */
  public int overruns() {
    return overruns;
  }

  /** The most permits ever held. */
  public int maxRunningSeen() {
    return maxRunningSeen;
  }

  /** The most that ever waited. */
  public int maxWaitingSeen() {
    return maxWaitingSeen;
  }

  /** Attempts started. */
  public long started() {
    return started;
  }

  /** Further attempts that were decided on. */
  public long retries() {
    return retries;
  }

  /** Second attempts beside slow ones. */
  public long hedges() {
    return hedges;
  }

  /** Of those, the ones that answered first. */
  public long hedgesWon() {
    return hedgesWon;
  }

  /** Second attempts at a rung below, beside a first that did not end when it was told to. */
  public long fellBeside() {
    return fellBeside;
  }

  /** Of those, the ones that answered. */
  public long answeredBeside() {
    return answeredBeside;
  }

  /** First calls of new jobs that began before older ones, since their queue stood. */
  public long newestFirst() {
    return newestFirst;
  }

  /** Tokens held. */
  public long reservedTokens() {
    return reservedTokens;
  }

  /** Tokens settled. */
  public long spentTokens() {
    return spentTokens;
  }

  /** Nano-dollars held. */
  public long reservedMoney() {
    return reservedMoney.nanos();
  }

  /** Nano-dollars settled. */
  public long spentMoney() {
    return spentMoney.nanos();
  }

  /** Tokens settled in the last minute, about; see {@link LastMinute}. */
  public long tokensLastMinute(long nowNs) {
    return lastMinute.tokens(nowNs);
  }

  /** Nano-dollars likewise. */
  public long moneyLastMinute(long nowNs) {
    return lastMinute.moneyNanos(nowNs);
  }
}
