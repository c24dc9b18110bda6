package io.headgate.examples.redteam;

import java.util.List;
import java.util.function.Supplier;

/** All attacks there are, in the order in which they are tried. */
final class Attacks {
  private static final List<Supplier<Attack>> ALL =
      List.of(
          RecursiveChain::new,
          SelfCorrectingLoop::new,
          MalformedAnswers::new,
          ArgumentBombs::new,
          IdFlood::new,
          Sybils::new,
          SubmitCancelChurn::new,
          DeafCalls::new,
          DribblingServer::new,
          HostileHooks::new,
          Herd::new,
          PriorityAbuse::new,
          BudgetRace::new,
          JumpingClock::new);

  private Attacks() {}

  /** Each, fresh. */
  static List<Attack> all() {
    return ALL.stream().map(Supplier::get).toList();
  }

  static List<String> names() {
    return all().stream().map(Attack::name).toList();
  }
}
