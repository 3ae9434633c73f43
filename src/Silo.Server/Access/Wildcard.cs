namespace Silo.Server.Access;

/// <summary>Patterns of policies: '*' stands for any run of characters, '?' for one.</summary>
internal static class Wildcard
{
    /// <summary>Goes back to the last star only, so it takes at most pattern times text steps.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        var (p, t, star, resume) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || Same(pattern[p], text[t], ignoreCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                (p, t) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    /// <summary>Part by part between the colons, so that a star of one part does not reach into the next.</summary>
    public static bool MatchesArn(string pattern, string arn)
    {
        if (pattern == "*") return true;
        var (patterns, parts) = (pattern.Split(':', 6), arn.Split(':', 6));
        if (patterns.Length != 6 || parts.Length != 6) return false;
        for (var i = 0; i < 6; i++)
            if (!Matches(patterns[i], parts[i])) return false;
        return true;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b));
}
