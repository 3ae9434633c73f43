using Silo.LoadTest.Doors;

namespace Silo.LoadTest.Servers;

/// <summary>What is put under load.</summary>
internal interface ILoadTarget : IAsyncDisposable
{
    /// <summary>
    /// Where its API is, several for a cluster; none for another mail server, which takes mail of anybody and knows no tenants.
    /// </summary>
    IReadOnlyList<Uri> Api { get; }

    string KeyId { get; }

    string Secret { get; }

    /// <summary>Of signatures and ARNs.</summary>
    string Region => "us-east-1";

    /// <summary>Of ARNs, 12 digits.</summary>
    string AccountId => "000000000000";

    /// <summary>Null when mail cannot be submitted by SMTP.</summary>
    SmtpDoorOptions? Smtp { get; }

    /// <summary>Where a cluster's client finds its silos; null when it is none.</summary>
    string? ClusterDatabase { get; }

    /// <summary>What the report says of it.</summary>
    IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>CPU seconds since the start, of all its processes, and what they hold in memory; null when nobody knows.</summary>
    (double CpuSeconds, long ResidentBytes)? Figures();

    /// <summary>Of its first process; null when nobody knows.</summary>
    RuntimeSample? Runtime();
}

/// <summary>A server of somebody's, that runs already. Its relay must lead to the sink of this run for deliveries to be seen.</summary>
internal sealed class GivenTarget(GivenTargetOptions options) : ILoadTarget
{
    public IReadOnlyList<Uri> Api => options.Api;

    public string KeyId => options.KeyId;

    public string Secret => options.Secret;

    public SmtpDoorOptions? Smtp => options.Smtp;

    public string Region => options.Region;

    public string AccountId => options.AccountId;

    public string? ClusterDatabase => options.ClusterDatabase;

    public IReadOnlyDictionary<string, string> Facts => new Dictionary<string, string>
    {
        ["target"] = options.Api.Count > 0
            ? string.Join(", ", options.Api.Select(a => a.Authority))
            : $"{options.Smtp!.Host}:{options.Smtp.Port}",
    };

    public (double CpuSeconds, long ResidentBytes)? Figures() => null;

    public RuntimeSample? Runtime() => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <param name="ClusterDatabase">Where a cluster's client finds the silos; null without.</param>
/// <param name="Keeps">Tenants stay there afterwards.</param>
internal sealed record GivenTargetOptions(
    IReadOnlyList<Uri> Api, string KeyId, string Secret, SmtpDoorOptions? Smtp, string? ClusterDatabase, bool Keeps)
{
    public string Region { get; init; } = "us-east-1";

    public string AccountId { get; init; } = "000000000000";
}
