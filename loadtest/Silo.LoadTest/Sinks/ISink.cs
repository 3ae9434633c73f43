using System.Net;
using Silo.LoadTest.Sinks.Accounting;

namespace Silo.LoadTest.Sinks;

/// <summary>Where mail of a run ends, by SMTP or as Amazon SES takes it. Counts, checks, and plays mailbox providers.</summary>
internal interface ISink : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    IPEndPoint Endpoint { get; }

    /// <summary>Cheap enough for each second.</summary>
    SinkCounts Counts { get; }

    /// <summary>For trying out whether faults are found.</summary>
    SinkFaults Faults { get; }

    /// <summary>The whole reckoning.</summary>
    /// <param name="sent">Null: nothing is known of what was sent, so nothing is found lost.</param>
    /// <param name="marked">What the server says may have left twice; null: nothing.</param>
    SinkTally Tally(SentBooks? sent = null, PossibleDuplicates? marked = null);
}
