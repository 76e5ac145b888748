"""What words mean: lexicon, numbers, dates, spans and readings; handed the words of datasets, it knows none itself."""
