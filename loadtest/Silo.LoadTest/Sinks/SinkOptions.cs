using System.Net;
using System.Security.Cryptography.X509Certificates;
using Silo.LoadTest.Sinks.Feedback;
using Silo.LoadTest.Sinks.Providers;

namespace Silo.LoadTest.Sinks;

/// <summary>How a sink behaves and what it looks at.</summary>
internal sealed record SinkOptions
{
    /// <summary>Port 0 takes a free one.</summary>
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Messages of other runs count as unmarked.</summary>
    public required string Run { get; init; }

    public SinkChecks Checks { get; init; } = new();

    /// <summary>Default: all mail is taken at once.</summary>
    public ProviderBook Providers { get; init; } = ProviderBook.None;

    /// <summary>STARTTLS (or HTTPS) is offered with it.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Where complaints go; null: those that are drawn are only counted.</summary>
    public IFeedbackDoor? Feedback { get; init; }

    /// <summary>Told of each attempt that is known by its mark; from several threads, and to be quick.</summary>
    public Action<Arrival>? OnArrival { get; init; }

    /// <summary>Connections at a time; others are told to come back (421). 1 and up.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Bytes of a message; longer ones are refused (552). 1 KiB and up.</summary>
    public int MaxMessageBytes { get; init; } = 50 << 20;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What is checked of each message besides that it comes once.</summary>
internal sealed record SinkChecks
{
    /// <summary>
    /// The domain of the author of a tenant's mail, with <c>{tenant}</c> for its number, as <c>t{tenant}.load.example</c>; null: any.
    /// </summary>
    public string? AuthorDomain { get; init; }

    /// <summary>The name of a tenant as it is passed to SES, with <c>{tenant}</c>; null: not looked at.</summary>
    public string? TenantName { get; init; }

    /// <summary>Whether messages of a lane must begin in their order.</summary>
    public bool Order { get; init; } = true;

    /// <summary>
    /// How much later than a message its successor may seem to begin: connections are set up and read at their own pace. 0 and up.
    /// </summary>
    public TimeSpan OrderSlack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Share of messages whose DKIM signature is looked at: 0 to 1.</summary>
    public double DkimShare { get; init; }

    /// <summary>The domain that signs for a tenant, with <c>{tenant}</c>; null: <see cref="AuthorDomain"/>.</summary>
    public string? SigningDomain { get; init; }

    /// <summary>The TXT records of selector._domainkey.domain; null: that there is a signature of this body has to do.</summary>
    public Func<string, IReadOnlyList<string>>? DkimKeys { get; init; }
}
