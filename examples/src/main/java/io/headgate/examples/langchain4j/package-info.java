/** How a host that uses LangChain4j tells Headgate what its exceptions mean. */
@NullMarked
package io.headgate.examples.langchain4j;

import org.jspecify.annotations.NullMarked;
