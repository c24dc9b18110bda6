/** The journal of every attempt, and what can be learned from it. */
module io.headgate.journal {
  requires transitive io.headgate.core;
  requires static org.jspecify;
}
