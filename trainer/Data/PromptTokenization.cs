namespace CxrOnnx.Trainer.Data;

/// <summary>Turns a text into ids.</summary>
public delegate TokenizedPrompt PromptTokenization(string text);
