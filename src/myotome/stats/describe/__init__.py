"""What a paper says of muscle masses: by sex, age, height and BMI."""
