using Silo.LoadTest.Marks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Doors;

/// <summary>A way into the server under load.</summary>
internal interface IDoor : IAsyncDisposable
{
    string Name { get; }

    /// <summary>A connection for one sender of a flow; it is not open yet.</summary>
    IDoorConnection Connect(FlowPlan flow);
}

/// <summary>One sender's connection: one message at a time.</summary>
internal interface IDoorConnection : IAsyncDisposable
{
    /// <summary>Opens or opens again when that is needed; false when the server does not answer.</summary>
    ValueTask<bool> TryOpen(CancellationToken cancellationToken);

    /// <summary>
    /// Sends one message and waits for the answer. After <see cref="SendResult.Unknown"/> the connection is to be opened again.
    /// </summary>
    ValueTask<SendAnswer> Send(LoadMessage message, CancellationToken cancellationToken);
}

/// <param name="Kind">Index into <see cref="FlowPlan.Kinds"/>.</param>
internal readonly record struct LoadMessage(LoadTenant Tenant, LoadMark Mark, LoadAddress Recipient, int Kind);

internal enum SendResult
{
    /// <summary>The server answered that it has it.</summary>
    Accepted,

    /// <summary>Not now (SMTP 4xx, HTTP 429 and 503).</summary>
    Deferred,

    /// <summary>Never (SMTP 5xx, other HTTP errors).</summary>
    Refused,

    /// <summary>The connection ended between the first byte and the answer: it may have it or not.</summary>
    Unknown,

    /// <summary>There was no connection to offer it over.</summary>
    NotOffered,
}

/// <param name="Text">What the server said, when it did not accept.</param>
internal readonly record struct SendAnswer(SendResult Result, string? Text = null);
