using Xunit;

// Scenarios mostly wait for their clock: more of them side by side than there are cores take no longer each.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
