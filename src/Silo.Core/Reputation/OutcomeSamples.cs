namespace Silo.Core.Reputation;

/// <summary>
/// The ids of the last messages with a bad outcome: the evidence that people look at first. Part of the fold of a tenant's events.
/// </summary>
internal sealed class OutcomeSamples
{
    private readonly string?[] _ids = new string?[Finding.MaxSamples];
    private int _next;

    public void Add(string id)
    {
        // Several recipients of a message are one sample.
        if (Array.IndexOf(_ids, id) >= 0) return;
        _ids[_next] = id;
        _next = (_next + 1) % _ids.Length;
    }

    /// <summary>The oldest first; null without any.</summary>
    public IReadOnlyList<string>? ToList()
    {
        List<string>? ids = null;
        for (var i = 0; i < _ids.Length; i++)
            if (_ids[(_next + i) % _ids.Length] is { } id) (ids ??= []).Add(id);
        return ids;
    }

    public static OutcomeSamples Of(IReadOnlyList<string>? ids)
    {
        var samples = new OutcomeSamples();
        foreach (var id in ids ?? []) samples.Add(id);
        return samples;
    }
}
