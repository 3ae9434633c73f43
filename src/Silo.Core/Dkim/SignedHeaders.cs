using Silo.Core.Messages;

namespace Silo.Core.Dkim;

/// <summary>Which header fields a signature covers.</summary>
internal static class SignedHeaders
{
    // What a reader sees of a message and what mail programs act on. A name that is listed once more than it occurs cannot be added later
    // without breaking the signature (RFC 6376 8.15). Mailing lists add List-Unsubscribe of their own, so that is not forbidden.
    private static readonly (string Name, bool MustNotBeAdded)[] Names =
    [
        ("From", true), ("To", true), ("Cc", true), ("Subject", true), ("Date", true), ("Message-ID", true), ("Reply-To", true),
        ("MIME-Version", true), ("Content-Type", true), ("List-Unsubscribe", false), ("List-Unsubscribe-Post", false), ("Feedback-ID", false),
    ];

    /// <summary>The value of the tag h: each name as often as it occurs, and once more where none may be added.</summary>
    public static IReadOnlyList<string> Of(HeaderBlock block)
    {
        var names = new List<string>(24);
        foreach (var (name, mustNotBeAdded) in Names)
        {
            var lower = name.ToLowerInvariant();
            foreach (var field in block.Fields)
            {
                if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) names.Add(lower);
            }

            if (mustNotBeAdded) names.Add(lower);
        }

        return names;
    }

    /// <summary>
    /// The fields that the tag h means, in its order: of a name that stands there again the next one from the bottom; one that does not
    /// occur is left out (RFC 6376 5.4.2).
    /// </summary>
    public static IReadOnlyList<HeaderField> Select(HeaderBlock block, IReadOnlyList<string> names)
    {
        var selected = new List<HeaderField>(names.Count);
        var next = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            var at = next.GetValueOrDefault(name, block.Fields.Count) - 1;
            while (at >= 0 && !block.Fields[at].Name.Equals(name, StringComparison.OrdinalIgnoreCase)) at--;
            next[name] = Math.Max(at, 0);
            if (at >= 0) selected.Add(block.Fields[at]);
        }

        return selected;
    }
}
