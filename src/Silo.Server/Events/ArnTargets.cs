namespace Silo.Server.Events;

/// <summary>The endpoints that stand for topics, buses and streams (<see cref="EventOptions.Targets"/>).</summary>
public sealed class ArnTargets
{
    private readonly Dictionary<string, ArnTarget> _byArn;

    public ArnTargets(EventOptions options) => _byArn = options.Targets.ToDictionary(
        t => t.Arn, t => new ArnTarget(t.Arn, new Uri(t.Url, UriKind.Absolute), t.Secret), StringComparer.Ordinal);

    /// <summary>Null for an ARN that is mapped to nothing.</summary>
    public ArnTarget? Find(string arn) => _byArn.GetValueOrDefault(arn);
}

/// <param name="Secret">As <see cref="ArnTargetOptions.Secret"/>.</param>
public sealed record ArnTarget(string Arn, Uri Url, string? Secret);
