package io.headgate.runtime;

import io.headgate.recovery.Past;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Journals that write nothing, and answer as a test wants. */
final class QuietJournal {
  /** Hears of a call of the sink, and answers it; null for what is said by default. */
  @FunctionalInterface
  interface Answers {
    @Nullable Object answer(String method, Object[] arguments);
  }

  private QuietJournal() {}

  /** By default it is asynchronous, in time, and wants nothing of refusals. */
  static JournalSource of(Answers answers) {
    var sink =
        (JournalSink)
            Proxy.newProxyInstance(
                JournalSink.class.getClassLoader(),
                new Class<?>[] {JournalSink.class},
                (_, method, arguments) -> {
                  Object answer =
                      answers.answer(
                          method.getName(), arguments == null ? new Object[0] : arguments);
                  if (answer != null) {
                    return answer;
                  }
                  if (method.getName().equals("refusalsEveryNs")) {
                    return Long.MAX_VALUE;
                  }
                  if (method.getName().equals("past")) {
                    return Past.NONE;
                  }
                  Class<?> type = method.getReturnType();
                  if (type == boolean.class) {
                    return false;
                  }
                  return type == long.class ? 0L : null;
                });
    return (_, _, _, _, _) -> sink;
  }
}
