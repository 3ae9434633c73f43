using System.Buffers;

namespace Silo.Core.Messages;

/// <summary>Rules of message tags, and their form in the header <c>X-SES-MESSAGE-TAGS: name=value, name2=value2</c>.</summary>
public static class MessageTags
{
    public const int MaxCharacters = 256;

    /// <summary>Tags of one message.</summary>
    public const int MaxCount = 50;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>1 to 256 of A-Z a-z 0-9 _ -, or one of the two names of the service that senders may set (they go into Feedback-ID).</summary>
    public static bool IsValidName(string? name) => IsValidValue(name) || name is "ses:feedback-id-a" or "ses:feedback-id-b";

    /// <summary>1 to 256 of A-Z a-z 0-9 _ -.</summary>
    public static bool IsValidValue(string? value) =>
        value is { Length: > 0 and <= MaxCharacters } && value.AsSpan().IndexOfAnyExcept(Allowed) < 0;

    /// <summary>Null when all tags are well, else a sentence that names the member at fault.</summary>
    /// <param name="tags">The tags; no name may stand twice.</param>
    /// <param name="member">The list's member, as <c>EmailTags</c>.</param>
    public static string? Check(IReadOnlyList<MessageTag> tags, string member = "EmailTags")
    {
        if (tags.Count > MaxCount) return $"{member} holds {tags.Count} tags; {MaxCount} are allowed.";
        var names = new HashSet<string>(tags.Count, StringComparer.Ordinal);
        for (var i = 0; i < tags.Count; i++)
        {
            if (!IsValidName(tags[i].Name)) return $"{member}[{i}].Name must be 1 to {MaxCharacters} of A-Z a-z 0-9 _ -.";
            if (!IsValidValue(tags[i].Value)) return $"{member}[{i}].Value must be 1 to {MaxCharacters} of A-Z a-z 0-9 _ -.";
            if (!names.Add(tags[i].Name)) return $"{member}[{i}].Name repeats the name of another tag.";
        }

        return null;
    }

    /// <summary>Reads the header's value; empty elements do not count. False when a tag is not valid or a name stands twice.</summary>
    public static bool TryParse(string header, out IReadOnlyList<MessageTag> tags)
    {
        tags = [];
        var list = new List<MessageTag>();
        foreach (var range in header.AsSpan().Split(','))
        {
            var element = header.AsSpan(range).Trim(" \t");
            if (element.IsEmpty) continue;
            var equals = element.IndexOf('=');
            if (equals < 0 || list.Count == MaxCount) return false;
            list.Add(new MessageTag(element[..equals].TrimEnd(" \t").ToString(), element[(equals + 1)..].TrimStart(" \t").ToString()));
        }

        if (Check(list) is not null) return false;
        tags = list;
        return true;
    }
}
