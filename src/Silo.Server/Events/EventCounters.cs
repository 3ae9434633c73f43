using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Silo.Server.Hosting;

namespace Silo.Server.Events;

/// <summary>
/// What a CloudWatch destination is here: the counter <c>silo.events</c> of the meter "Silo", with the destination's dimensions as
/// attributes. Safe for several threads.
/// </summary>
public sealed class EventCounters
{
    /// <summary>Sets of dimension values that one destination may have in the life of a process; those that come later are counted as "other".</summary>
    public const int MaxSeriesPerDestination = 1_000;

    private const int MaxValueCharacters = 256;
    private const string Other = "other";

    private readonly Counter<long> _events;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, byte>> _series = new(StringComparer.Ordinal);

    public EventCounters(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _events = meters.Create(SiloMetrics.MeterName).CreateCounter<long>(
            "silo.events", "{event}", "Events that CloudWatch destinations ask for, with their dimensions.");
    }

    /// <param name="destination">With a <see cref="CloudWatchTarget"/>.</param>
    public void Count(ScopedDestination destination, Notice notice)
    {
        if (!_events.Enabled || destination.Destination.Target is not CloudWatchTarget target) return;
        using var record = JsonDocument.Parse(notice.Record);
        var values = target.Dimensions.Select(d => ValueOf(record.RootElement, d)).ToArray();
        if (!Fits(destination.Id, string.Join('\n', values))) values = [.. values.Select(_ => Other)];
        var attributes = new KeyValuePair<string, object?>[3 + values.Length];
        attributes[0] = new("event", notice.Type);
        attributes[1] = new("configuration_set", destination.ConfigurationSetName ?? "");
        attributes[2] = new("destination", destination.Destination.Name);
        for (var i = 0; i < values.Length; i++) attributes[3 + i] = new(target.Dimensions[i].Name, values[i]);
        _events.Add(1, attributes);
    }

    private bool Fits(string destination, string values)
    {
        var known = _series.GetOrAdd(destination, _ => new ConcurrentDictionary<string, byte>(StringComparer.Ordinal));
        return known.ContainsKey(values) || (known.Count < MaxSeriesPerDestination && known.TryAdd(values, 0)) || known.ContainsKey(values);
    }

    private static string ValueOf(JsonElement record, CloudWatchDimension dimension)
    {
        var value = dimension.Source switch
        {
            "MESSAGE_TAG" => First(record, "mail", "tags", dimension.Name),
            "LINK_TAG" => First(record, "click", "linkTags", dimension.Name),
            _ => Header(record, dimension.Name),
        };
        value ??= dimension.DefaultValue;
        return value.Length <= MaxValueCharacters ? value : value[..MaxValueCharacters];
    }

    private static string? First(JsonElement record, string part, string member, string name) =>
        record.TryGetProperty(part, out var within) && within.TryGetProperty(member, out var map) && map.TryGetProperty(name, out var values)
            && values.GetArrayLength() > 0 ? values[0].GetString() : null;

    private static string? Header(JsonElement record, string name)
    {
        if (!record.TryGetProperty("mail", out var mail) || !mail.TryGetProperty("headers", out var headers)) return null;
        foreach (var header in headers.EnumerateArray())
        {
            if (string.Equals(header.GetProperty("name").GetString(), name, StringComparison.OrdinalIgnoreCase))
                return header.GetProperty("value").GetString();
        }

        return null;
    }
}
