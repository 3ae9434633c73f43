namespace Silo.Core.Messages;

/// <summary>A name and value that a sender gives to a message; both of A-Z a-z 0-9 _ -, 1 to 256 characters (SES MessageTag).</summary>
public sealed record MessageTag(string Name, string Value);
